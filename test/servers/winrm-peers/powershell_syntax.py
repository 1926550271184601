# Parses PowerShell scripts with tree-sitter's grammar: a JSON list of texts on standard input.
# Prints, as JSON, for each the lines that are not PowerShell.
import json
import sys

import tree_sitter_powershell
from tree_sitter import Language, Parser

parser = Parser(Language(tree_sitter_powershell.language()))


def wrong(node):
    if node.type == "ERROR" or node.is_missing:
        return [node.start_point[0] + 1]
    return [line for child in node.children for line in wrong(child)] if node.has_error else []


print(json.dumps([wrong(parser.parse(text.encode()).root_node) for text in json.load(sys.stdin)]))
