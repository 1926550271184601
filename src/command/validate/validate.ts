// `validate`: whether a template can be built. After https://developer.hashicorp.com/packer/docs/commands/validate
import { throwIfCancelled } from "../../core/cancel.ts";
import { hasErrors } from "../../diagnostic/diagnostic.ts";
import { option } from "../../sdk/option.ts";
import { defineCommand, edge } from "../command.ts";
import { withoutAnswers } from "../plan/offline.ts";
import { planTemplate } from "../plan-template.ts";
import { formatOptions, load, refuse, selectionOptions, variableOptions } from "../template-options.ts";

export const validate = defineCommand({
  name: "validate",
  summary: "Checks that a template is valid",
  description:
    "Reads a template, works out its variables and checks the options of every builder, provisioner and post-processor. Nothing is built. All mistakes are shown, and the exit status is 1 when there are any.",
  argument: "TEMPLATE",
  templateUse: "evaluate",
  tellsFailureByExitCode: true,
  options: {
    syntax_only: option.bool({
      default: false,
      description: "Only check the form of the template, not the options in it.",
    }),
    ...selectionOptions,
    ...variableOptions,
    ...formatOptions,
    allow_unset_vars: option.bool({
      default: false,
      description: "Take variables without a value as unknown instead of missing.",
    }),
    evaluate_datasources: edge(
      option.bool({
        default: false,
        description: "Read the data sources of HCL2 templates instead of leaving their values unknown.",
      }),
      { input: false },
    ),
    no_warn_undeclared_var: edge(
      option.bool({
        default: false,
        description: "Do not warn about variables in files that an HCL2 template does not declare.",
      }),
      { input: false },
    ),
  },
  async run(config, template, given) {
    // Whose template this is nobody knows: only data sources are asked, and only when somebody says so.
    const apart = withoutAnswers(given);
    const context = config.evaluate_datasources ? { ...apart, host: given.host } : apart;
    const loaded = await load(template, config, context, {
      allowUnsetVars: config.allow_unset_vars,
      warnUndeclaredVars: !config.no_warn_undeclared_var,
    });
    const checkable = loaded.checkable === true && !config.syntax_only;
    const refused = checkable ? undefined : refuse(loaded, context);
    if (refused !== undefined) {
      return refused;
    }
    if (config.syntax_only) {
      context.face.diagnostics(loaded.diagnostics, loaded.files);
      context.face.say("Syntax-only check passed. Everything looks okay.");
      return { exitCode: 0, diagnostics: loaded.diagnostics };
    }
    const settings = { force: false, debug: false, onError: "cleanup" as const };
    const planned = await planTemplate(
      loaded,
      { ...config, settings, formOnly: true, evaluateDataSources: config.evaluate_datasources },
      context,
    );
    // Who has interrupted it does not want to read that all is well.
    throwIfCancelled(context.signal);
    context.face.diagnostics(planned.diagnostics, loaded.files);
    if (hasErrors(planned.diagnostics)) {
      return { exitCode: 1, diagnostics: planned.diagnostics };
    }
    context.face.say("The configuration is valid.");
    return { exitCode: 0, diagnostics: planned.diagnostics };
  },
});
