import { defineConfig } from "vitest/config";

const quick = ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "scripts/**/*.test.ts"];

/** They measure memory, or work with sockets and clocks, so each has a process of its own; all other quick tests share processes, which halves their time. */
const measuring = [
  "packages/*/test/**/*contract.test.ts",
  "packages/sip/test/**/*.test.ts",
  "packages/sip/src/{transport,user-agent,resolver}/**/*.test.ts",
];

/** Tests run the sources: the condition makes every `@purertc/*` import resolve to `src`. Interop runs the built packages, as users do. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { conditions: ["@purertc/source"] },
        ssr: { resolve: { conditions: ["@purertc/source"] } },
        test: { name: "quick", isolate: false, include: quick, exclude: ["**/*.slow.test.ts", "**/node_modules/**", ...measuring] },
      },
      {
        resolve: { conditions: ["@purertc/source"] },
        ssr: { resolve: { conditions: ["@purertc/source"] } },
        test: { name: "contract", include: measuring, testTimeout: 30_000 },
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
          // Real peers in real time on a machine that may be busy: what fails once gets a second try, and the report says so.
          retry: 1,
        },
      },
    ],
  },
});
