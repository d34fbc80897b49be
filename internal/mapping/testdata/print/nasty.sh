curl --fail-with-body --silent --show-error \
  --header @/dev/fd/3 --header 'Content-Type: application/json' \
  --data-binary @- 'https://acme.jfrog.io/access/api/v1/oidc/git%27hub/identity_mappings?project_key=a%26b' 3<<HEADER <<'MAPPING'
Authorization: Bearer ${JF_ADMIN_TOKEN:?}
HEADER
{
  "name": "nasty 'name'",
  "description": "\"\n\\\n\\b\n\\\\b\n\b\f\n\r\t\u0001\u007f\n${x}\n$${x}\n\\${x}\n%{if}\n%%{\n$\n:\u003aadd-mask:\u003ax\n:\u003a:\n#\u0023[group]\n#\u0023#\n\u0060\u0060 \u0060 \u0060\u0060\u0060\nMAPPING\n'\n$(id)\n<b>&\n\u202e\u2028\u00a0\n\udb40\udc01\né☃😀\n\\u0041\n*\n",
  "provider_name": "git'hub",
  "priority": 1,
  "claims": {
    "": "",
    "\b\f\n\r\t\u0001\u007f": "\b\f\n\r\t\u0001\u007f",
    "\"": "\"",
    "#\u0023#": "#\u0023#",
    "#\u0023[group]": "#\u0023[group]",
    "$": "$",
    "$${x}": "$${x}",
    "$(id)": "$(id)",
    "${x}": "${x}",
    "%%{": "%%{",
    "%{if}": "%{if}",
    "'": "'",
    "*": "*",
    "0": [
      "\"",
      true
    ],
    "1": [
      "\\",
      false
    ],
    "10": [
      "$",
      false
    ],
    "11": [
      ":\u003aadd-mask:\u003ax",
      false
    ],
    "12": [
      ":\u003a:",
      false
    ],
    "13": [
      "#\u0023[group]",
      false
    ],
    "14": [
      "#\u0023#",
      false
    ],
    "15": [
      "\u0060\u0060 \u0060 \u0060\u0060\u0060",
      false
    ],
    "16": [
      "MAPPING",
      false
    ],
    "17": [
      "'",
      false
    ],
    "18": [
      "$(id)",
      false
    ],
    "19": [
      "<b>&",
      false
    ],
    "2": [
      "\\b",
      false
    ],
    "20": [
      "\u202e\u2028\u00a0",
      false
    ],
    "21": [
      "\udb40\udc01",
      false
    ],
    "22": [
      "é☃😀",
      false
    ],
    "23": [
      "\\u0041",
      false
    ],
    "24": [
      "*",
      false
    ],
    "25": [
      "",
      false
    ],
    "3": [
      "\\\\b",
      false
    ],
    "4": [
      "\b\f\n\r\t\u0001\u007f",
      false
    ],
    "5": [
      "${x}",
      false
    ],
    "6": [
      "$${x}",
      false
    ],
    "7": [
      "\\${x}",
      false
    ],
    "8": [
      "%{if}",
      false
    ],
    "9": [
      "%%{",
      false
    ],
    ":\u003a:": ":\u003a:",
    ":\u003aadd-mask:\u003ax": ":\u003aadd-mask:\u003ax",
    "<b>&": "<b>&",
    "MAPPING": "MAPPING",
    "\\": "\\",
    "\\${x}": "\\${x}",
    "\\\\b": "\\\\b",
    "\\b": "\\b",
    "\\u0041": "\\u0041",
    "\u0060\u0060 \u0060 \u0060\u0060\u0060": "\u0060\u0060 \u0060 \u0060\u0060\u0060",
    "nested": {
      "a${b}": [
        null,
        "\b"
      ]
    },
    "é☃😀": "é☃😀",
    "\u202e\u2028\u00a0": "\u202e\u2028\u00a0",
    "\udb40\udc01": "\udb40\udc01"
  },
  "token_spec": {
    "username": "${u}",
    "scope": "\u0060s\u0060",
    "expires_in": 60
  },
  "project_key": "a&b"
}
MAPPING
