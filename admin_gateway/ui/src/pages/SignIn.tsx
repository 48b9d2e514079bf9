import { Alert, Button, Code, Container, Group, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useState, type FormEvent } from "react";

import { api, Problem, words } from "../api/client";

/** Asks for a token. The address stays, so that one is back where one was. */
export function SignIn({ hasEnded, onSignedIn }: { hasEnded: boolean; onSignedIn: () => void }) {
  const [token, setToken] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    try {
      await api.POST("/api/admin/session", { body: { token: token.trim() } });
      onSignedIn();
    } catch (error) {
      setFault(error instanceof Problem && error.status === 401 ? "No such token, or it was revoked." : words(error));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Container component="main" size={420} py={60}>
      <Group gap="sm" mb="lg">
        <img src="/favicon.svg" width={36} height={36} alt="" />
        <Title order={1} size="h2">
          Answerbeat
        </Title>
      </Group>
      <Paper withBorder p="lg">
        <form onSubmit={(event) => void signIn(event)}>
          <Stack>
            {hasEnded && (
              <Alert color="yellow" role="status">
                Your session has ended. Sign in again to go on where you were.
              </Alert>
            )}
            <PasswordInput
              label="Token"
              description={
                <>
                  <Code>make up</Code> printed one, and keeps it in <Code>.answerbeat/token</Code>; others come from the settings.
                </>
              }
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              error={fault}
              autoComplete="current-password"
              data-autofocus
              required
            />
            <Button type="submit" loading={isBusy} disabled={!token.trim()}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
      <Text size="xs" c="dimmed" mt="md">
        Your browser keeps the token where no script can read it.
      </Text>
    </Container>
  );
}
