// What has changed for builders of clouds.
import { renameAll } from "./any-builder.ts";
import { drop, type Fields, FixError, type Fixer, isFields, isText, ofType, rename } from "./fixer.ts";

function ofAmazon(builders: readonly Fields[]): readonly Fields[] {
  return builders.filter(({ type }) => typeof type === "string" && type.startsWith("amazon-"));
}

const scalewayKey: Fixer = {
  name: "scaleway-access-key",
  summary: 'Renames "access_key" of Scaleway to "organization_id".',
  fix: ({ builders }) => renameAll(ofType(builders, "scaleway"), "access_key", "organization_id", isText),
};

const shutdownBehavior: Fixer = {
  name: "amazon-shutdown_behavior",
  summary: 'Renames "shutdown_behaviour" of Amazon to "shutdown_behavior".',
  fix: ({ builders }) => renameAll(ofAmazon(builders), "shutdown_behaviour", "shutdown_behavior"),
};

const enhancedNetworking: Fixer = {
  name: "amazon-enhanced-networking",
  summary: 'Renames "enhanced_networking" of Amazon to "ena_support".',
  fix: ({ builders }) =>
    renameAll(ofAmazon(builders), "enhanced_networking", "ena_support", (value) => typeof value === "boolean"),
};

/** How Go writes truth. */
const TRUTHS: Readonly<Record<string, boolean>> = {
  ...{ "1": true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ "0": false, f: false, F: false, false: false, FALSE: false, False: false },
};

const privateIp: Fixer = {
  name: "amazon-private-ip",
  summary: 'Replaces "ssh_private_ip" of Amazon with "ssh_interface".',
  fix({ builders }) {
    for (const builder of ofAmazon(builders).filter((one) => Object.hasOwn(one, "ssh_private_ip"))) {
      if (Object.hasOwn(builder, "ssh_interface")) {
        continue;
      }
      const value = builder["ssh_private_ip"];
      const isPrivate = typeof value === "string" && Object.hasOwn(TRUTHS, value) ? TRUTHS[value] : value;
      if (typeof isPrivate !== "boolean") {
        throw new FixError(`"ssh_private_ip" is ${JSON.stringify(value)}, and true or false is expected`);
      }
      delete builder["ssh_private_ip"];
      builder["ssh_interface"] = isPrivate ? "private_ip" : "public_ip";
    }
  },
};

const temporaryCidrs: Fixer = {
  name: "amazon-temp-sec-cidrs",
  summary:
    'Replaces "temporary_security_group_source_cidr" of Amazon with a list, "temporary_security_group_source_cidrs".',
  fix({ builders }) {
    for (const builder of ofAmazon(builders)) {
      const cidr = builder["temporary_security_group_source_cidr"];
      if (typeof cidr === "string") {
        delete builder["temporary_security_group_source_cidr"];
        builder["temporary_security_group_source_cidrs"] = [cidr];
      }
    }
  },
};

const spotPrice: Fixer = {
  name: "spot-price-auto-product",
  summary: 'Drops "spot_price_auto_product" of Amazon.',
  fix({ builders }) {
    for (const builder of ofType(
      builders,
      "amazon-ebs",
      "amazon-ebssurrogate",
      "amazon-ebsvolume",
      "amazon-instance",
    )) {
      drop(builder, "spot_price_auto_product");
    }
  },
};

const azureExclude: Fixer = {
  name: "azure-exclude_from_latest",
  summary: 'Renames "exlude_from_latest" of Azure to "exclude_from_latest".',
  fix({ builders }) {
    for (const { shared_image_destination: destination } of ofType(builders, "azure-chroot")) {
      if (isFields(destination)) {
        rename(destination, "exlude_from_latest", "exclude_from_latest");
      }
    }
  },
};

export const cloudBuilders = {
  scalewayKey,
  shutdownBehavior,
  enhancedNetworking,
  privateIp,
  temporaryCidrs,
  spotPrice,
  azureExclude,
};
