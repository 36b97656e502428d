import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// One script and one sheet, named from the root in index.html; where there is a path prefix, the server writes it before them,
// and the script knows it from its own address (src/url/base.ts).
export default defineConfig({
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../src/millwright/console/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    reportCompressedSize: true,
  },
  server: {
    proxy: { "/api": process.env["MILLWRIGHT_API"] ?? "http://127.0.0.1:8181" },
  },
});
