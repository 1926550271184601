// Every communicator, one line each, sorted.
export {};
