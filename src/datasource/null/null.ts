// Data source "null": gives back what it was given (https://developer.hashicorp.com/packer/docs/datasources/null).
import { defineDataSource } from "../../sdk/datasource.ts";
import { option } from "../../sdk/option.ts";

/** Passes a value through; for trying out data sources. */
export const nullSource = defineDataSource({
  type: "null",
  summary: "Gives back the value that it was given.",
  options: {
    input: option.string({ description: "The value to give back.", required: true, example: "hello" }),
  },
  outputs: { output: { is: "string" } },

  read: async (config) => ({ output: config.input }),
});
