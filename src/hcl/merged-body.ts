// Several bodies, such as those of the files of a folder, taken as one.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Attribute } from "./ast.ts";
import type { BlockSchema, Body, BodyContent, BodySchema } from "./body.ts";
import { errorAt, placeText } from "./body.ts";
import { describeMissingAttribute } from "./native-body.ts";
import type { Span } from "./source.ts";

/** Makes one body of several. There must be at least one. */
export function mergeBodies(bodies: readonly Body[]): Body {
  const [first] = bodies;
  if (first === undefined) {
    throw new RangeError("there is no body to merge");
  }
  return bodies.length === 1 ? first : new MergedBody(bodies, first);
}

class MergedBody implements Body {
  readonly #bodies: readonly Body[];
  readonly range: Span;
  readonly missingItemRange: Span;

  constructor(bodies: readonly Body[], first: Body) {
    this.#bodies = bodies;
    this.range = first.range;
    this.missingItemRange = first.missingItemRange;
  }

  content(schema: BodySchema): BodyContent {
    return this.#merge(schema, (body, lenient) => body.content(lenient));
  }

  partialContent(schema: BodySchema): BodyContent & { readonly remain: Body } {
    const remains: Body[] = [];
    const content = this.#merge(schema, (body, lenient) => {
      const found = body.partialContent(lenient);
      remains.push(found.remain);
      return found;
    });
    return { ...content, remain: mergeBodies(remains) };
  }

  justAttributes(): Omit<BodyContent, "blocks"> {
    return this.#merge({}, (body) => ({ ...body.justAttributes(), blocks: [] }));
  }

  presentBlocks(): readonly BlockSchema[] {
    const found = this.#bodies.flatMap((body) => body.presentBlocks());
    return found.filter(({ type }, i) => found.findIndex((other) => other.type === type) === i);
  }

  /** What is required may stand in any of the bodies, so that is only judged at the end. */
  #merge(schema: BodySchema, read: (body: Body, lenient: BodySchema) => BodyContent): BodyContent {
    const lenient: BodySchema = { ...schema, attributes: (schema.attributes ?? []).map(({ name }) => ({ name })) };
    const contents = this.#bodies.map((body) => read(body, lenient));
    const diagnostics: Diagnostic[] = contents.flatMap((content) => content.diagnostics);
    const attributes = new Map<string, Attribute>();
    for (const attribute of contents.flatMap((content) => [...content.attributes.values()])) {
      const earlier = attributes.get(attribute.name);
      if (earlier === undefined) {
        attributes.set(attribute.name, attribute);
      } else {
        const detail = `Argument "${attribute.name}" was already set at ${placeText(earlier.nameRange)}`;
        diagnostics.push(errorAt(attribute.nameRange, "hcl/duplicate-argument", "Duplicate argument", { detail }));
      }
    }
    for (const { name, required } of schema.attributes ?? []) {
      if (required && !attributes.has(name)) {
        diagnostics.push(describeMissingAttribute(name, this.missingItemRange));
      }
    }
    return { attributes, blocks: contents.flatMap((content) => content.blocks), diagnostics };
  }
}
