import { browserTests } from "./browser-tests.ts";
import { launchFirefox } from "./firefox.ts";

browserTests("firefox", launchFirefox);
