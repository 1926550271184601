// The pages that are photographed: the summary as the page of a run shows it, and an annotation as the changed files show it.
import { renderMarkdown } from "./markdown.ts";

const STYLE = `
  * { box-sizing: border-box; }
  body { margin: 0; padding: 16px; width: 900px; background: #fff; color: #1f2328;
    font: 14px/1.5 "Liberation Sans", "Noto Sans", "Noto Color Emoji", sans-serif; }
  code, pre, .code { font-family: "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: 12px; }
  code { padding: 2px 5px; border-radius: 6px; background: #eff1f3; }
  pre { margin: 0; padding: 12px; border-radius: 6px; background: #f6f8fa; white-space: pre-wrap; overflow-wrap: anywhere; }
  .card { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
  .card > header { padding: 10px 16px; border-bottom: 1px solid #d1d9e0; background: #f6f8fa; font-weight: 600; }
  .card > section { padding: 4px 16px 16px; }
  h3 { margin: 14px 0 12px; font-size: 18px; } h4 { margin: 18px 0 10px; font-size: 15px; }
  h3 code { font-size: 16px; }
  table { border-collapse: collapse; margin-bottom: 12px; }
  th, td { padding: 5px 11px; border: 1px solid #d1d9e0; text-align: left; overflow-wrap: anywhere; }
  th, td code { white-space: nowrap; } td:nth-child(3) { white-space: nowrap; }
  tr:nth-child(odd) td { background: #f6f8fa; }
  summary { cursor: pointer; } ul { padding-left: 24px; margin: 0; }
  .line { display: flex; } .line b { width: 56px; padding-right: 12px; text-align: right; color: #59636e; font-weight: 400; }
  .line span { white-space: pre; } .code { line-height: 20px; padding: 8px 0; }
  .added { background: #dafbe1; } .added b { background: #aceebb; }
  .annotation { margin: 4px 16px 8px 56px; border: 1px solid #d1d9e0; border-left: 4px solid #cf222e; border-radius: 6px; padding: 10px 14px;
    font: 14px/1.5 "Liberation Sans", "Noto Sans", sans-serif; }
  .annotation header { color: #cf222e; font-weight: 600; } .annotation small { color: #59636e; float: right; font-weight: 400; }
  .annotation strong { display: block; margin: 6px 0; }
  .annotation pre { padding: 0; background: none; }`;

/** A whole page around a text in HTML. */
function writePage(body: string): string {
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body>${body}</body>
<script>document.documentElement.dataset.height = document.documentElement.getBoundingClientRect().height;</script>`;
}

/** The summary of a step. */
export function writeSummaryPage(markdown: string): string {
  return writePage(
    `<div class="card"><header>images summary</header><section>${renderMarkdown(markdown)}</section></div>`,
  );
}

/** An annotation below its line of a file. */
export function writeAnnotationPage(command: string, template: string): string {
  const [, properties = "", message = ""] = /^::error (.*?)::(.*)$/.exec(command) ?? [];
  const of = (name: string): string =>
    decode(new RegExp(`(?:^|,)${name}=([^,]*)`).exec(properties)?.[1] ?? "").replace(/%2C/g, ",");
  const at = Number(of("line"));
  const box = `<div class="annotation"><header><small>GitHub Actions / validate</small>Check failure on line ${at} in ${escapeHtml(of("file"))}</header>
<strong>${escapeHtml(of("title"))}</strong><pre>${escapeHtml(decode(message))}</pre></div>`;
  const lines = template.trimEnd().split("\n");
  const rows = lines.slice(at - 6).map((line, index) => {
    const number = at - 5 + index;
    const row = `<div class="line${number === at ? " added" : ""}"><b>${number}</b><span>${escapeHtml(line)}</span></div>`;
    return number === at ? row + box : row;
  });
  return writePage(
    `<div class="card"><header>${escapeHtml(of("file"))}</header><div class="code">${rows.join("")}</div></div>`,
  );
}

/** A text of a workflow command as the runner reads it. */
function decode(text: string): string {
  return text
    .replace(/%0A/g, "\n")
    .replace(/%0D/g, "\r")
    .replace(/%3A/g, ":")
    .replace(/%2C/g, ",")
    .replace(/%25/g, "%");
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
