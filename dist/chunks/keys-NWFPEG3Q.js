import{a}from"./chunk-ZDD3DWGO.js";import"./chunk-DRBBFZK5.js";import"./chunk-NKEHKAAT.js";import"./chunk-3TKICF7E.js";export{a as readKeyFiles};
