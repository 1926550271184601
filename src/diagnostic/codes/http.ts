// Codes for requests over HTTP, whoever makes them.
export const httpCodes = {
  "http/address": "An address is none that HTTP can be asked at, or a request has a header that cannot be sent.",
  "http/name": "The name of a host cannot be resolved.",
  "http/connect": "A host refuses connections, does not answer, or cannot be reached.",
  "http/dropped": "A connection ended before the answer did.",
  "http/silent": "Nothing came from a server for too long.",
  "http/timeout": "An answer took too long as a whole.",
  "http/too-large": "An answer is larger than is read.",
  "http/not-http": "What answers is not HTTP, or cannot be read as such.",
  "http/tls": "TLS with a server did not come about.",
  "http/certificate": "The certificate of a server is not trusted, is for another name, or is not valid now.",
  "http/certificates": "The certificates that this machine trusts could not be read.",
  "http/netrc": "The file with log-ins for hosts could not be read.",
  "http/proxy": "A proxy cannot be used, or refuses.",
  "http/redirect": "A server sent a request on too often, or to what is no address.",
} as const;
