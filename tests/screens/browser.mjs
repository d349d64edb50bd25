// Opens a URL in Chromium, presses keys, and prints what was seen as one line of JSON.
//
//   node browser.mjs '{"playwright": FOLDER, "chromium": PATH, "url": URL, "stages": [{"keys": [KEY...], "until": TEXT}...], "picture": FOLDER}'
//
// A stage presses its keys, waits until the page was sent its text and the terminal is quiet, and
// takes along what was sent meanwhile and a picture.
import { createRequire } from "module";

const told = JSON.parse(process.argv[2]);
const { chromium } = createRequire(`${told.playwright}/index.js`)("playwright-core");
const QUIET = 400; // milliseconds without a byte

const browser = await chromium.launch({
  executablePath: told.chromium,
  args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 720 } });
const requests = [];
const errors = [];
let text = "";
let last = 0; // when the last bytes came
page.on("request", (request) => requests.push(request.url()));
page.on("pageerror", (error) => errors.push(error.message));
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
page.on("websocket", (socket) => {
  requests.push(socket.url());
  socket.on("framereceived", (frame) => {
    if (typeof frame.payload !== "string") {
      text += frame.payload.toString("utf8");
      last = Date.now();
    }
  });
});

const over = () => page.evaluate(() => document.body.classList.contains("-closed"));

const words = () => text.replace(/\x1b\[[\d;?]*[a-zA-Z]/g, " ").split(/\s+/).join(" ");

async function settled(awaited) {
  const until = Date.now() + 60000;
  const waiting = () => !words().includes(awaited) || Date.now() - last < QUIET;
  while (Date.now() < until && waiting() && !(await over())) await page.waitForTimeout(50);
}

const response = await page.goto(told.url);
const stages = [];
for (const [number, { keys, until }] of told.stages.entries()) {
  for (const key of keys) await page.keyboard.press(key);
  if (keys.length) last = Date.now();
  await settled(until);
  if (number === 0) {
    await page.mouse.click(600, 10);
    await page.waitForTimeout(QUIET);
  }
  const picture = `${told.picture}/${number}.png`;
  await page.screenshot({ path: picture });
  stages.push({ text, picture });
  text = "";
}
const closed = await over();
await browser.close();
console.log(JSON.stringify({ status: response.status(), requests, errors, stages, closed }));
