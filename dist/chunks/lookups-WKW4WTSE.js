import{a,b}from"./chunk-XJUYNLQ4.js";import"./chunk-FDPUEOC6.js";import"./chunk-3TKICF7E.js";export{a as PendingLookup,b as lookupCache};
