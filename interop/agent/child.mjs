/** An agent in a process of its own: `fork(child.mjs, [library])`, then `{ id, method, args }` in and `{ id, value | error }` out. */
import { createAgent } from "./peer-agent.mjs";

const libraries = {
  purertc: async () => createAgent(await import("purertc")),
  werift: async () => createAgent(await import("werift"), { toPayload: (bytes) => Buffer.from(bytes) }),
  wrtc: async () => createAgent((await import("@roamhq/wrtc")).default, { alwaysExplicit: true }),
};

const agent = await libraries[process.argv[2]]();
process.on("message", async ({ id, method, args }) => {
  try {
    process.send({ id, value: await agent.call(method, args) });
  } catch (error) {
    process.send({ id, error: `${error?.stack ?? error}` });
  }
});
process.send({ id: 0 });
