// Codes for what goes wrong while data for a template is fetched.
export const datasourceCodes = {
  "datasource/http-failed": "An address could not be fetched.",
  "datasource/http-status": "A server answered with another status than 200.",
  "datasource/http-content-type": "A server answered with something that is not text.",
} as const;
