line
${nmae}