import{a as e}from"./chunk-3TKICF7E.js";var a=class extends Error{static{e(this,"BuildError")}failure;diagnostics;constructor(s,r,t){let i=Array.isArray(r)?r:[r];super(i.map(u).join(`
`),t===void 0?void 0:{cause:t}),this.name="BuildError",this.failure=s,this.diagnostics=i}};function u(n){return n.detail===void 0?n.summary:`${n.summary}
${n.detail}`}e(u,"textOf");function l(n,s,r,t={}){let{cause:i,...o}=t;return new a(n,{code:s,severity:"error",summary:r,...o},i)}e(l,"failure");function c(n){return n instanceof Error?n.message:String(n)}e(c,"messageOf");export{a,l as b,c};
