// Comments that explain a file that was made from a JSON template.

/** What stands above which part of the file. */
export const notes = {
  file: [
    "This file was made from a JSON template. Check that everything is right before the",
    "template is thrown away. Blocks can be moved into other files of the same folder, as",
    "long as these end in .pkr.hcl; variables often have a file of their own.",
    "",
    "Calls such as {{ upper `text` }} are rendered when a component reads its options, after",
    "HCL2 has worked out what stands in ${ }. The two do not mix in one expression.",
  ],
  variables: [
    "Variables of JSON templates are texts, so all of these are strings. Other types:",
    "https://developer.hashicorp.com/packer/docs/templates/hcl_templates/variables#type-constraints",
  ],
  sources: [
    "Source blocks were builders. A build block runs provisioners and post-processors on them:",
    "https://developer.hashicorp.com/packer/docs/templates/hcl_templates/blocks/source",
  ],
  build: [
    "What is built from which sources:",
    "https://developer.hashicorp.com/packer/docs/templates/hcl_templates/blocks/build",
  ],
} as const;
