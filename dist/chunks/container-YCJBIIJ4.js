import{h as a,i as b}from"./chunk-B4J4RMCK.js";import"./chunk-Z2E3Z4UX.js";import"./chunk-FDPUEOC6.js";import"./chunk-3TKICF7E.js";export{b as loadContainerClient,a as openContainer};
