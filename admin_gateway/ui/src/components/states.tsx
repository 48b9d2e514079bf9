/** What is shown while something loads, when it failed, and when there is nothing. */
import { Alert, Anchor, Button, Center, Group, Skeleton, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle, IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { Problem, words } from "../api/client";

interface Loading {
  isPending: boolean;
  error: unknown;
  refetch: () => unknown;
}

/** Its children once there is something to show. */
export function Loaded({ query, children, rows = 3 }: { query: Loading; children: ReactNode; rows?: number }) {
  if (query.error) return <Failed error={query.error} again={query.refetch} />;
  if (query.isPending) return <Waiting rows={rows} />;
  return children;
}

export function Waiting({ rows = 3 }: { rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={i === 0 ? 28 : 18} width={`${100 - i * 12}%`} />
      ))}
    </Stack>
  );
}

export function Failed({ error, again }: { error: unknown; again?: () => unknown }) {
  const isGone = error instanceof Problem && error.status === 404;
  return (
    <Alert color={isGone ? "gray" : "red"} icon={<IconAlertTriangle size={18} />} title={isGone ? "Not found" : "This could not be loaded"} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{words(error)}</Text>
        {again && !isGone && (
          <Button size="xs" variant="light" color="red" onClick={() => void again()}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: { to: string; label: string } }) {
  return (
    <Center py="xl">
      <Stack align="center" gap="xs" maw={440} ta="center">
        <ThemeIcon variant="light" size="xl" radius="xl" color="gray">
          <IconInbox size={22} />
        </ThemeIcon>
        <Text fw={600}>{title}</Text>
        {children && (
          <Text size="sm" c="dimmed" component="div">
            {children}
          </Text>
        )}
        {action && (
          <Button component={Link} to={action.to} mt="xs">
            {action.label}
          </Button>
        )}
      </Stack>
    </Center>
  );
}

interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

export function More({ query, shown, what }: { query: Paged; shown: number; what: string }) {
  if (!query.hasNextPage) return null;
  return (
    <Group justify="center" mt="md">
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        Show more
      </Button>
      <Text size="xs" c="dimmed">
        {shown} {what} shown
      </Text>
    </Group>
  );
}

export function LinkTo({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Anchor component={Link} to={to} inherit>
      {children}
    </Anchor>
  );
}
