// As much of Markdown as the summary uses, as HTML. Tags and entities in it are HTML already.

/** Headings, tables, lists, fenced blocks and paragraphs; all else passes as it is. */
export function renderMarkdown(text: string): string {
  const html: string[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; ) {
    const take = (fits: (line: string) => boolean): readonly string[] => {
      const end = lines.findIndex((line, index) => index >= at && !fits(line));
      const taken = lines.slice(at, end < 0 ? lines.length : end);
      at += taken.length;
      return taken;
    };
    const line = lines[at] ?? "";
    const [, marks, title] = /^(#{1,6}) (.*)$/.exec(line) ?? [];
    if (marks !== undefined) {
      html.push(`<h${marks.length}>${renderInline(title ?? "")}</h${marks.length}>`);
      at++;
    } else if (line.startsWith("| ")) {
      html.push(renderTable(take((each) => each.startsWith("|"))));
    } else if (line.startsWith("- ")) {
      const items = take((each) => /^(- | {2}|$)/.test(each)).join("\n");
      html.push(`<ul>${items.replace(/^- (.*)$/gm, (_, item: string) => `<li>${renderInline(item)}`)}</ul>`);
    } else if (line.startsWith("```")) {
      at++;
      html.push(`<pre>${take((each) => !each.startsWith("```")).join("\n")}</pre>`);
      at++;
    } else {
      html.push(line);
      at++;
    }
  }
  return html.join("\n");
}

function renderTable([head = "", , ...rows]: readonly string[]): string {
  const write = (row: string, tag: string): string =>
    `<tr>${row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => `<${tag}>${renderInline(cell.trim())}</${tag}>`)
      .join("")}</tr>`;
  return `<table>${write(head, "th")}${rows.map((row) => write(row, "td")).join("")}</table>`;
}

function renderInline(text: string): string {
  return text.replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>").replace(/`([^`]+)`/g, "<code>$1</code>");
}
