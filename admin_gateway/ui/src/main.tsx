import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./page.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";

import { NO_CONNECTION, Problem } from "./api/client";
import { router } from "./router";
import { theme, variables } from "./theme";

/** What may heal by itself is asked again; what the server has decided is not. */
function isWorthAgain(failures: number, error: unknown): boolean {
  const mayHeal = !(error instanceof Problem) || [NO_CONNECTION, 429, 502, 503, 504].includes(error.status);
  return mayHeal && failures < 5;
}

const client = new QueryClient({
  defaultOptions: { queries: { retry: isWorthAgain, retryDelay: (n) => Math.min(500 * 2 ** n, 5_000), staleTime: 5_000 } },
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
