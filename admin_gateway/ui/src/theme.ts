import { createTheme, type CSSVariablesResolver } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: "md",
  headings: { fontWeight: "600" },
  components: {
    Card: { defaultProps: { withBorder: true, padding: "md" } },
    Table: { defaultProps: { verticalSpacing: "sm", highlightOnHover: true } },
    Notification: { styles: { description: { color: "var(--mantine-color-text)" } } },
    Alert: { styles: { title: { color: "var(--mantine-color-text)" } } },
    Anchor: { defaultProps: { underline: "always" } },
    Loader: { defaultProps: { role: "status", "aria-label": "Loading" } },
    // What scrolls can be scrolled by keyboard.
    TableScrollContainer: { defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0, role: "region", "aria-label": "Table" } } } },
  },
});

/** The brand first, then its competitors: apart in light and dark, and for the colour-blind (Okabe and Ito). */
export const SERIES = ["cyan.7", "orange.6", "grape.6", "lime.7", "pink.6", "indigo.5", "yellow.7", "gray.6"];

/** Secondary words stand out enough from their ground to be read (WCAG 2.2, 1.4.3). */
export const variables: CSSVariablesResolver = (theme) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": theme.colors.gray[7],
    "--mantine-color-placeholder": theme.colors.gray[7],
    "--mantine-color-error": theme.colors.red[9],
  },
  dark: {
    "--mantine-color-dimmed": theme.colors.dark[1],
    "--mantine-color-placeholder": theme.colors.dark[1],
    "--mantine-color-error": theme.colors.red[4],
  },
});
