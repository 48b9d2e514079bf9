/** What surrounds every page: who is signed in, where one can go, and whether the server is there. */
import {
  Alert, AppShell, Box, Burger, Button, Container, Group, Loader, Center, Menu, NavLink, Text, UnstyledButton, useComputedColorScheme,
  useMantineColorScheme, ActionIcon,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconBuildingStore, IconCalendarTime, IconCpu, IconHistory, IconLogout, IconMoon, IconPlugConnectedX, IconSettings, IconSun, IconUser,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { Link, Outlet, useLocation, useNavigation } from "react-router";

import { api, Problem, SESSION_ENDED } from "../api/client";
import { useLink, useLiveRuns } from "../api/live";
import { useSession } from "../api/queries";
import { SignIn } from "../pages/SignIn";
import { Failed } from "./states";

const PLACES = [
  { to: "/admin/brands", label: "Brands", icon: IconBuildingStore },
  { to: "/admin/scheduled-jobs", label: "Scheduled jobs", icon: IconCalendarTime },
  { to: "/admin/runs", label: "Runs", icon: IconHistory },
  { to: "/admin/engines", label: "Engines", icon: IconCpu },
  { to: "/admin/settings", label: "Settings", icon: IconSettings },
];

export function Shell() {
  const session = useSession();
  const client = useQueryClient();
  const [hasEnded, setHasEnded] = useState(false);
  useEffect(() => {
    const end = () => setHasEnded(true);
    window.addEventListener(SESSION_ENDED, end);
    return () => window.removeEventListener(SESSION_ENDED, end);
  }, []);
  if (session.isPending) {
    return (
      <Center h="100vh">
        <Loader />
      </Center>
    );
  }
  const isUnknown = session.error instanceof Problem && session.error.status === 401;
  if (isUnknown || hasEnded) {
    return (
      <SignIn
        hasEnded={hasEnded || session.data !== undefined}
        onSignedIn={() => {
          setHasEnded(false);
          void client.resetQueries();
        }}
      />
    );
  }
  if (session.error) {
    return (
      <Container size="xs" py="xl">
        <Failed error={session.error} again={session.refetch} />
      </Container>
    );
  }
  return <Inside />;
}

function Inside() {
  useLiveRuns();
  const [isOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const navigation = useNavigation();
  useEffect(close, [pathname, close]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !isOpen } }} padding="md">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={isOpen ? "Close the menu" : "Open the menu"} />
            <UnstyledButton component={Link} to="/admin">
              <Group gap={8} wrap="nowrap">
                <img src="/favicon.svg" width={26} height={26} alt="" />
                <Text fw={700}>Answerbeat</Text>
              </Group>
            </UnstyledButton>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Scheme />
            <Person />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Places">
        {PLACES.map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon size={18} stroke={1.6} />}
            active={pathname.startsWith(to)}
            aria-current={pathname.startsWith(to) ? "page" : undefined}
            variant="light"
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} aria-busy={navigation.state !== "idle"}>
        <Container size="xl" px={0}>
          <Connection />
          <Suspense fallback={<Loader />}>
            <Outlet />
          </Suspense>
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}

/** Says so when the server can't be heard; goes away by itself when it can again. */
function Connection() {
  const link = useLink();
  if (link !== "lost") return null;
  return (
    <Alert color="yellow" icon={<IconPlugConnectedX size={18} />} mb="md" role="status" title="Connection lost">
      <Box>Answerbeat can't be reached just now. What you see may be old; this heals by itself.</Box>
    </Alert>
  );
}

function Scheme() {
  const { setColorScheme } = useMantineColorScheme();
  const now = useComputedColorScheme("light");
  const other = now === "light" ? "dark" : "light";
  return (
    <ActionIcon variant="default" size="lg" onClick={() => setColorScheme(other)} aria-label={`Use the ${other} scheme`}>
      {now === "light" ? <IconMoon size={18} /> : <IconSun size={18} />}
    </ActionIcon>
  );
}

function Person() {
  const session = useSession();
  const client = useQueryClient();
  const signOut = async () => {
    await api.DELETE("/api/admin/session");
    client.clear();
    window.location.assign("/admin");
  };
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button variant="default" size="sm" leftSection={<IconUser size={16} />} aria-label={`Signed in as ${session.data?.name}`}>
          <Text span size="sm" maw={120} truncate>
            {session.data?.name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Role: {session.data?.role}</Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

