import{a as o}from"./chunk-3TKICF7E.js";async function t(){return(await import("./lib-6O5X6MAM.js")).default}o(t,"loadSsh2");export{t as a};
