// Every diagnostic code with one sentence for the documentation. Each area keeps its own table.
import { actionCodes } from "./codes/action.ts";
import { boundaryCodes } from "./codes/boundary.ts";
import { commandCodes } from "./codes/commands.ts";
import { datasourceCodes } from "./codes/datasource.ts";
import { dockerCodes } from "./codes/docker.ts";
import { downloadCodes } from "./codes/download.ts";
import { fingerprintCodes } from "./codes/fingerprint.ts";
import { githubCodes } from "./codes/github.ts";
import { gotemplateCodes } from "./codes/gotemplate.ts";
import { hclCodes } from "./codes/hcl.ts";
import { httpCodes } from "./codes/http.ts";
import { lookupCodes } from "./codes/lookup.ts";
import { mediaCodes } from "./codes/media.ts";
import { planCodes } from "./codes/plan.ts";
import { pluginCodes } from "./codes/plugin.ts";
import { postProcessorCodes } from "./codes/post-processor.ts";
import { provisionerCodes } from "./codes/provisioner.ts";
import { qemuCodes } from "./codes/qemu.ts";
import { runCodes } from "./codes/run.ts";
import { sshCodes } from "./codes/ssh.ts";
import { templateCodes } from "./codes/template.ts";
import { vncCodes } from "./codes/vnc.ts";
import { winrmCodes } from "./codes/winrm.ts";

/** Code to sentence. A code that is not here fails the project test. */
export const diagnosticCodes: Readonly<Record<string, string>> = {
  ...actionCodes,
  ...boundaryCodes,
  ...commandCodes,
  ...datasourceCodes,
  ...dockerCodes,
  ...downloadCodes,
  ...fingerprintCodes,
  ...githubCodes,
  ...gotemplateCodes,
  ...hclCodes,
  ...httpCodes,
  ...lookupCodes,
  ...mediaCodes,
  ...planCodes,
  ...pluginCodes,
  ...postProcessorCodes,
  ...provisionerCodes,
  ...qemuCodes,
  ...templateCodes,
  ...sshCodes,
  ...runCodes,
  ...vncCodes,
  ...winrmCodes,
};
