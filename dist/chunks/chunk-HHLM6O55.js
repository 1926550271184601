import{a as r}from"./chunk-3TKICF7E.js";function n(e){return e.severity==="error"}r(n,"isError");function o(e){return e.some(n)}r(o,"hasErrors");export{n as a,o as b};
