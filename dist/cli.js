import{setFlagsFromString as r}from"node:v8";r("--interrupt-budget=10000000");var{runCli:t}=await import("./chunks/run-cli-VNX6F6DF.js");process.exitCode=await t(process.argv.slice(2));
