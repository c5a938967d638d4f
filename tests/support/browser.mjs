// Opens pages of the embedded Notion in Chromium and prints, as JSON, what a reader would meet.
// Usage: node browser.mjs NODE_MODULES CHROMIUM < {"base": URL, "visits": [{path, width, scheme, steps}]}
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, chromium] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const playwright = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const asked = JSON.parse(readFileSync(0, "utf8"));

const steps = {
  fill: (page, [label, text]) =>
    page.locator("label", { has: page.getByText(label, { exact: true }) })
      .locator("input, textarea").first().fill(text),
  click: (page, [name]) => page.getByRole("button", { name }).first().click(),
  follow: (page, [name]) => page.getByRole("link", { name }).first().click(),
  open: (page, [text]) => page.getByText(text, { exact: true }).click(),
  tab: async (page, [address]) => {
    const isThere = (address) => document.activeElement.href?.includes(address);
    for (let presses = 0; presses < 50; presses++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(isThere, address)) return;
    }
    throw new Error(`Tab comes to no link to ${address}`);
  },
  enter: (page, [address]) =>
    Promise.all([page.waitForURL(address), page.keyboard.press("Enter")]),
};

async function visit(browser, { path, width, scheme, steps: todo = [], picture }) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
  });
  const page = await context.newPage();
  const asked_elsewhere = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(asked.base)) asked_elsewhere.push(request.url());
  });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(asked.base + path);
  for (const [name, ...words] of todo) await steps[name](page, words);
  await page.waitForLoadState("networkidle");
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  const seen = await page.evaluate(() => ({
    url: location.pathname + location.search,
    text: document.body.innerText,
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    background: getComputedStyle(document.body).backgroundColor,
    focused: document.activeElement ? document.activeElement.innerText : "",
    clipped: [...document.querySelectorAll("td")].filter(
      (cell) => cell.scrollHeight > cell.clientHeight + 1,
    ).length,
  }));
  if (picture) await page.screenshot({ path: picture, fullPage: true });
  await context.close();
  const violations = found.violations.map((each) => ({
    rule: each.id,
    nodes: each.nodes.map((node) => node.html).slice(0, 3),
  }));
  return { ...seen, violations, errors, elsewhere: asked_elsewhere };
}

const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const results = [];
for (const each of asked.visits) results.push(await visit(browser, each));
await browser.close();
process.stdout.write(JSON.stringify(results));
