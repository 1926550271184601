"use strict";var __defProp=Object.defineProperty;var __getOwnPropDesc=Object.getOwnPropertyDescriptor;var __getOwnPropNames=Object.getOwnPropertyNames;var __hasOwnProp=Object.prototype.hasOwnProperty;var __export=(target,all)=>{for(var name in all)__defProp(target,name,{get:all[name],enumerable:!0})},__copyProps=(to,from,except,desc)=>{if(from&&typeof from=="object"||typeof from=="function")for(let key of __getOwnPropNames(from))!__hasOwnProp.call(to,key)&&key!==except&&__defProp(to,key,{get:()=>from[key],enumerable:!(desc=__getOwnPropDesc(from,key))||desc.enumerable});return to};var __toCommonJS=mod=>__copyProps(__defProp({},"__esModule",{value:!0}),mod);var stdin_exports={};__export(stdin_exports,{formatMistakes:()=>formatMistakes,formatSection:()=>formatSection,formattable:()=>formattable});module.exports=__toCommonJS(stdin_exports);var import_action_markdown=require("./action-markdown.js"),import_bundle=require("./bundle.js"),LONGEST_DIFF=2e4,LONGEST=2e5;function formattable(found,given){return found.filter(path=>given.length===0||given.includes(path)||/\.(pkr|pkrvars)\.hcl$/.test(path))}function formatMistakes(files){return files.map(({path,line})=>{let place={line,column:1,offset:0};return{code:"action/not-formatted",severity:"error",summary:`${path} is not in canonical format`,detail:"The first line that would change is this one; the page of the run shows all of them.",hint:`Run "packer-ts fmt ${path}", or this action with "write: true".`,subject:{filename:path,start:place,end:place}}})}function formatSection(files,isWritten){if(files.length===0)return"";let title=isWritten?"Files that were formatted":"Files that are not in canonical format",left=LONGEST,shown=[];for(let{path,diff}of files){if(left<=0)break;let part=cutLines(diff,Math.min(left,LONGEST_DIFF));left-=part.length+path.length+100,shown.push(`<details><summary>${(0,import_action_markdown.code)(path)}</summary>

${(0,import_action_markdown.fenced)("diff",part)}

</details>`)}let rest=files.length>shown.length?`

\u2026 and ${files.length-shown.length} more.`:"";return`#### ${title}: ${files.length}

${shown.join(`
`)}${rest}`}function cutLines(text,length){if(text.length<=length)return text;let end=text.lastIndexOf(`
`,length);return`${text.slice(0,end<0?length:end)}
\u2026 (shortened)
`}0&&(module.exports={formatMistakes,formatSection,formattable});
