import { browserTests } from "./browser-tests.ts";
import { launchChromium } from "./chromium.ts";

browserTests("chromium", launchChromium);
