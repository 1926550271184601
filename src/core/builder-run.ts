// What a builder is given beyond other components: steps, the connection, the template's provisioners.
import type { BuildRun } from "../sdk/builder.ts";
import type { Communicator } from "../sdk/communicator.ts";
import type { CommunicatorKind, ConnectTarget } from "../sdk/communicator-kind.ts";
import type { Run } from "../sdk/run.ts";
import type { PlannedCommunicator, Prepared } from "../template/plan.ts";
import type { BuildContext, BuildState } from "./build-context.ts";
import { type Circumstances, makeComponentRun, prepare } from "./component-run.ts";
import { connect } from "./connect.ts";
import { addPlace } from "./failures.ts";
import { collectSecrets } from "./generated-data.ts";
import { noMachine } from "./no-machine.ts";
import { cleanUpProvisioning, provision } from "./provision.ts";
import type { Lifetime } from "./resources.ts";
import type { StepRunner } from "./step-runner.ts";

interface Parts {
  readonly prepared: Prepared;
  readonly lifetime: Lifetime;
  readonly steps: StepRunner;
}

/** The communicator that the template chose, prepared with what the run knows by now. */
interface ReadyToConnect {
  readonly communicator: PlannedCommunicator;
  readonly kind: CommunicatorKind;
  readonly config: Prepared["config"];
  readonly connectRun: Run;
}

async function getReady(build: BuildContext, circumstances: Omit<Circumstances, "planned">): Promise<ReadyToConnect> {
  const { communicator, builderType } = build.planned;
  if (communicator === undefined) {
    throw new Error(`The builder ${builderType} lists no communicators and asks for one`);
  }
  const prepared = await prepare(communicator, build.generated()).catch((thrown: unknown) => {
    throw addPlace(thrown, communicator, build.signal);
  });
  const connectRun = makeComponentRun(build, { ...circumstances, planned: communicator, prepared });
  return { communicator, kind: communicator.component, config: prepared.config, connectRun };
}

export function makeBuilderRun(build: BuildContext, state: BuildState, { prepared, lifetime, steps }: Parts): BuildRun {
  const { ui, signal, generated, spans, planned } = build;
  const circumstances = { prepared, lifetime, ui, signal, generated, step: () => steps.current };
  const run = makeComponentRun(build, { ...circumstances, planned: planned.builder });
  let provisioned = async (): Promise<void> => {};
  const readyToConnect = (): Promise<ReadyToConnect> => getReady(build, circumstances);
  const hide = (data: Parameters<typeof collectSecrets>[0]): void => {
    for (const secret of collectSecrets(data)) {
      build.secrets.register(secret, { isGuess: true });
    }
  };
  const open = async (target: ConnectTarget): Promise<Communicator> => {
    const { communicator: chosen, kind, config, connectRun } = await readyToConnect();
    const communicator = await connect(chosen, config, target, connectRun);
    provisioned = async () => kind.provisioned?.(communicator, config, target, connectRun);
    lifetime.defer(steps.current, () => communicator.close());
    state.generated = { ...state.generated, ...communicator.generated, ConnType: kind.type };
    hide(state.generated);
    return communicator;
  };
  const own: Omit<BuildRun, keyof typeof run> = {
    ports: build.ports.forBuild(planned.name),
    step: (title, body) => steps.run(title, () => spans.run("step", title, body)),
    publish(data) {
      state.generated = { ...state.generated, ...data };
      hide(data);
    },
    async communicator() {
      const { kind, config } = await readyToConnect();
      const connects = kind.connects !== false;
      const [host, port, user, password] = await Promise.all([
        kind.host?.(config),
        kind.port?.(config),
        kind.user?.(config),
        kind.password?.(config),
      ]);
      return { type: kind.type, config, connects, host, port, user, password };
    },
    async temporaryKey() {
      const { kind, config, connectRun } = await readyToConnect();
      return kind.temporaryKey?.(config, connectRun);
    },
    // The names of these two steps are Packer's, for they are seen with -debug and -on-error.
    connect: (target) => steps.run("StepConnect", () => spans.run("connect", "Connect", () => open(target))),
    provision: (communicator = noMachine) =>
      steps.run("StepProvision", () => provision(build, communicator).then(provisioned), {
        quiet: true,
        undo: (thrown) => cleanUpProvisioning(build, communicator, thrown),
      }),
  };
  return Object.defineProperties(run as BuildRun, Object.getOwnPropertyDescriptors(own));
}
