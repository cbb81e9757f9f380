"""d-separation by the definition of Lauritzen: in the moral graph of the ancestors, the given nodes cut all ways."""


def ancestors(edges, nodes):
    found = set(nodes)
    while True:
        more = {a for a, b in edges if b in found} - found
        if not more:
            return found
        found |= more


def separated(edges, one, other, given):
    kept = ancestors(edges, {one, other, *given})
    inside = [(a, b) for a, b in edges if a in kept and b in kept]
    ties = {frozenset(e) for e in inside}
    for child in kept:
        parents = [a for a, b in inside if b == child]
        ties |= {frozenset((p, q)) for p in parents for q in parents if p != q}
    reached, waiting = set(), [one]
    while waiting:
        node = waiting.pop()
        if node in reached or node in given:
            continue
        reached.add(node)
        waiting += [next(iter(t - {node})) for t in ties if node in t]
    return other not in reached
