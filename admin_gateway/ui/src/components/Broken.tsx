import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { useRouteError } from "react-router";

import { words } from "../api/client";

/** The page itself went wrong, or a part of it could not be loaded because a newer one is being served. */
export function Component() {
  const error = useRouteError();
  return (
    <Container size="xs" py="xl" role="alert">
      <Stack align="flex-start">
        <Title order={1} size="h3">
          The page broke
        </Title>
        <Text>{words(error)}</Text>
        <Button onClick={() => window.location.reload()}>Load it again</Button>
      </Stack>
    </Container>
  );
}

export { Component as Broken };
