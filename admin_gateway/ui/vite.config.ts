import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** For developing: `npx vite` beside a running `make up`. */
const gateway = process.env["ANSWERBEAT_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  // The first load is bounded by a test, as gzipped.
  build: { chunkSizeWarningLimit: 2_000, rolldownOptions: { input: ["index.html", "docs.html"] } },
  server: { proxy: { "/api": gateway } },
});
