// Leaves the parts of a text alone that need dot-values, so that a variable can hold a template for later.
import type { Command, Node, Operand, Pipeline } from "../../gotemplate/ast.ts";
import { parseTemplate } from "../../gotemplate/template.ts";
import { engineFunctionNames } from "./functions.ts";

/** A piece of a template: to be rendered now, or to be kept as it is written. */
export interface Piece {
  readonly text: string;
  /** Where it begins in the whole text. */
  readonly offset: number;
  readonly deferred: boolean;
}

/** Cuts a text into pieces; one piece when nothing in it needs dot-values or when it cannot be read. */
export function deferDots(text: string): readonly Piece[] {
  const whole = [{ text, offset: 0, deferred: false }];
  if (!text.includes("{{")) {
    return whole;
  }
  const parsed = parseTemplate(text, engineFunctionNames);
  if ("problems" in parsed || !parsed.template.nodes.some(needsDot)) {
    return whole;
  }
  // Variables of the template itself would lose their scope between pieces.
  if (text.includes("$")) {
    return [{ text, offset: 0, deferred: true }];
  }
  const pieces: Piece[] = [];
  let done = 0;
  for (const node of parsed.template.nodes) {
    if (!needsDot(node)) {
      continue;
    }
    if (node.start > done) {
      pieces.push({ text: text.slice(done, node.start), offset: done, deferred: false });
    }
    pieces.push({ text: text.slice(node.start, node.end), offset: node.start, deferred: true });
    done = node.end;
  }
  if (done < text.length) {
    pieces.push({ text: text.slice(done), offset: done, deferred: false });
  }
  return pieces;
}

function needsDot(node: Node): boolean {
  switch (node.kind) {
    case "action":
      return inPipeline(node.pipeline);
    case "if":
    case "range":
    case "with":
      return inPipeline(node.pipeline) || node.body.some(needsDot) || node.otherwise.some(needsDot);
    case "template":
      return node.pipeline !== undefined && inPipeline(node.pipeline);
    default:
      return false;
  }
}

function inPipeline(pipeline: Pipeline): boolean {
  return pipeline.commands.some((command: Command) => command.operands.some(inOperand));
}

function inOperand(operand: Operand): boolean {
  if (operand.kind === "field" || operand.kind === "dot") {
    return true;
  }
  if (operand.kind === "group") {
    return inPipeline(operand.pipeline);
  }
  return operand.kind === "chain" && inOperand(operand.base);
}
