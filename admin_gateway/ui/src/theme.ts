import { createTheme } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: { light: 9, dark: 6 },
  autoContrast: true,
  defaultRadius: "md",
  headings: { fontWeight: "600" },
  components: {
    Card: { defaultProps: { withBorder: true, padding: "md" } },
    Table: { defaultProps: { verticalSpacing: "sm", highlightOnHover: true } },
    Anchor: { defaultProps: { underline: "hover" } },
  },
});

/** The brand first, then its competitors: apart in light and dark, and for the colour-blind (Okabe and Ito). */
export const SERIES = ["cyan.7", "orange.6", "grape.6", "lime.7", "pink.6", "indigo.5", "yellow.7", "gray.6"];
