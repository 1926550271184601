// `npm run pictures`: runs the action and draws its summary and an annotation, in a Chromium without a window.
// `PACKER_TS_CHROMIUM` names the program unless it is `chromium`; Debian has it, and the fonts, in the packages `chromium`,
// `fonts-liberation`, `fonts-dejavu` and `fonts-noto-color-emoji`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fakeRunner } from "../../test/e2e/action-runner.ts";
import { writeAnnotationPage, writeSummaryPage } from "./page.ts";
import { placeOf, readTemplate, runAction } from "./runs.ts";

const WIDTH = 932;
const chromium = process.env["PACKER_TS_CHROMIUM"] || "chromium";
const folder = mkdtempSync(join(tmpdir(), "packer-ts-pictures-"));
const ends: (() => void)[] = [() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })];
try {
  const { summary, annotation } = await runAction(fakeRunner({ after: (end) => void ends.push(end) }));
  writeFileSync(placeOf("summary.md"), summary);
  writeFileSync(placeOf("annotation.txt"), `${annotation}\n`);
  draw("summary", writeSummaryPage(summary));
  draw("annotation", writeAnnotationPage(annotation, readTemplate("mistaken")));
} finally {
  for (const end of ends) {
    end();
  }
}

/** Asks the page how high it is, and takes a picture of that height. */
function draw(name: string, html: string): void {
  const page = join(folder, `${name}.html`);
  writeFileSync(page, html);
  const height = /data-height="([\d.]+)"/.exec(browse(page, "--dump-dom", `--window-size=${WIDTH},400`))?.[1];
  const size = `--window-size=${WIDTH},${Math.ceil(Number(height))}`;
  browse(page, `--screenshot=${placeOf(`${name}.png`)}`, "--force-device-scale-factor=1.5", size);
  process.stdout.write(`docs/pictures/${name}.png\n`);
}

function browse(page: string, ...flags: readonly string[]): string {
  const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const alone = ["--disable-component-update", "--disable-sync", "--hide-scrollbars"];
  const own = ["--headless", "--no-sandbox", `--user-data-dir=${join(folder, "profile")}`];
  return execFileSync(chromium, [...own, ...quiet, ...alone, ...flags, pathToFileURL(page).href], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 120_000,
  });
}
