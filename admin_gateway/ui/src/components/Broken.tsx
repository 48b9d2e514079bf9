import { Alert, Button, Container, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useRouteError } from "react-router";

import { words } from "../api/client";

/** The page itself went wrong, or a part of it could not be loaded. */
export function Broken() {
  const error = useRouteError();
  return (
    <Container size="xs" py="xl">
      {isNotLoaded(error) ? (
        <Missing />
      ) : (
        <Alert color="red" icon={<IconAlertTriangle size={18} />} title="The page broke" role="alert">
          <Stack align="flex-start" gap="xs">
            <Text size="sm">{words(error)}</Text>
            <Button size="xs" variant="default" onClick={() => window.location.reload()}>
              Load it again
            </Button>
          </Stack>
        </Alert>
      )}
    </Container>
  );
}

/** As Chromium, Firefox and Safari word it: the server is away, or serves a newer page with other parts. */
function isNotLoaded(error: unknown): boolean {
  return /dynamically imported module|importing a module script failed/i.test(words(error));
}

function Missing() {
  const isBack = useReloadOnceBack();
  return (
    <Alert color="yellow" icon={<IconPlugConnectedX size={18} />} title="This part of the page could not be loaded" role="alert">
      {isBack ? (
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          Load it again
        </Button>
      ) : (
        "Answerbeat can't be reached just now. This part is loaded as soon as it can."
      )}
    </Alert>
  );
}

const RELOADED = "answerbeat:reloaded";
const SOON_MS = 10_000;

/** Loads the page anew once the server answers, but not time and again where that does not help. */
function useReloadOnceBack(): boolean {
  const back = useQuery({
    queryKey: ["reachable"],
    queryFn: async () => (await fetch("/api/admin/session")).status < 500 || Promise.reject(new Error("not yet")),
    retry: true,
    retryDelay: 1_000,
    networkMode: "always",
    gcTime: 0,
  });
  useEffect(() => {
    if (!back.data || Date.now() - Number(sessionStorage.getItem(RELOADED)) < SOON_MS) return;
    sessionStorage.setItem(RELOADED, String(Date.now()));
    window.location.reload();
  }, [back.data]);
  return Boolean(back.data);
}
