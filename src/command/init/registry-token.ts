// What `init` asks the edge: a token for GitHub's interface, which may ask far more often than nobody.
import { defineService } from "../service.ts";

export const registryToken = defineService<string>("token for registries");
