"""An independent reader of report pages: parses them as a browser would, and knows nothing of how they are made."""

import html5lib

NS = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


def parse(html):
    parser = html5lib.HTMLParser(strict=False)
    root = parser.parse(html)
    return root, parser.errors


def every(root, name):
    return [e for e in root.iter() if e.tag in (NS + name, SVG + name)]


def text(element):
    return " ".join("".join(element.itertext()).split())


def allowed(root):
    """Return what is wrong with a page: executable or foreign elements, handlers, outside addresses."""
    bad = []
    for e in root.iter():
        if not isinstance(e.tag, str):
            continue
        name = e.tag.split("}")[-1].lower()
        if name in {
            "iframe",
            "object",
            "embed",
            "base",
            "link",
            "form",
            "input",
            "img",
            "image",
            "foreignobject",
            "a:script",
        }:
            bad.append(name)
        for key, value in e.attrib.items():
            key = key.split("}")[-1].lower()
            if key.startswith("on") or key in {"src", "srcdoc", "style", "action", "formaction"}:
                bad.append(f"{name} {key}")
            if key == "href" and not value.startswith("#"):
                bad.append(f"{name} href {value}")
    return bad
