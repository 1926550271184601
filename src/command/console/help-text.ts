// What `help` says inside the console.

/** By language. */
export const consoleHelp: Readonly<Record<"json" | "hcl2", string>> = {
  hcl2: `Packer console HCL2 Mode.
Type an expression and press <enter> to see its value. It can use the functions,
variables, locals and data sources of the configuration the console was called with:

    upper(var.region)

"variables" shows all variables and locals with their values.
"exit" or Control-C ends the console.

The {{ }} of JSON templates mean nothing here.`,
  json: `Packer console JSON Mode.
Type a text with {{ }} and press <enter> to see what becomes of it. It can use the
functions of JSON templates and the variables of the template the console was called with:

    {{ user \`region\` }}-{{ timestamp }}

"variables" shows all variables with their values.
"exit" or Control-C ends the console.

Without a template, -config-type=hcl2 starts the console for HCL2.`,
};
