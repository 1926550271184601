import{a}from"./chunk-EKSDUKK5.js";import"./chunk-KKU3BEQV.js";import"./chunk-I4KWMSNX.js";import"./chunk-MD2V2JKD.js";import"./chunk-3TKICF7E.js";export{a as format};
