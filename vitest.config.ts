import { defineConfig } from "vitest/config";

const quick = ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "scripts/**/*.test.ts"];

/** Tests run the sources: the condition makes every `@purertc/*` import resolve to `src`. Interop runs the built packages, as users do. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { conditions: ["@purertc/source"] },
        ssr: { resolve: { conditions: ["@purertc/source"] } },
        test: { name: "quick", include: quick, exclude: ["**/*.slow.test.ts", "**/node_modules/**"] },
      },
      {
        resolve: { conditions: ["@purertc/source"] },
        ssr: { resolve: { conditions: ["@purertc/source"] } },
        test: { name: "slow", include: ["packages/*/{src,test}/**/*.slow.test.ts"], testTimeout: 120_000 },
      },
      {
        test: {
          name: "interop",
          include: ["interop/**/*.test.ts", "examples/**/*.test.ts", "bench/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
