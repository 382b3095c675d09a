"""What is told of the builds: figures for programs, and tables for people, which are Markdown too and are made of those figures."""

OUTCOMES = ("hit", "miss", "failed", "bypass")


def figures(project, version, builds):
    """Everything that was found out about a project, as JSON knows it."""
    told = []
    for built in builds:
        steps = {name: {**step, "counts": step["counts"].as_json()} for name, step in built["steps"].items()}
        told.append({
            "way": built["way"], "phase": built["phase"], "total": total(steps), "steps": steps,
            "objects": len(built["objects"]), "compared": built.get("compared"),
        })  # fmt: skip
    return {"project": project.name, "what": project.what, "version": version, "excepted": project.excepted or None, "builds": told}


def total(steps):
    """All steps of a build together."""
    row = {name: round(sum(step[name] for step in steps.values()), 2) for name in ("wall_s", "cpu_s")}
    for kind in ("compile", "probe", "other"):
        row[kind] = {outcome: 0 for outcome in OUTCOMES}
        for step in steps.values():
            for outcome, reasons in step["counts"].get(kind, {}).items():
                row[kind][outcome] += sum(reason["count"] for reason in reasons.values())
        row[kind]["all"] = sum(row[kind].values())
    for name in ("asked", "asked_us", "own_us"):
        values = [step.get(name) for step in steps.values()]
        row[name] = None if None in values else sum(values)
    return row


def share(row):
    """The compile commands that were served, of a hundred."""
    return 100 * row["compile"]["hit"] / row["compile"]["all"] if row["compile"]["all"] else 0


def faults(told, least):
    """What is not as it should be, in sentences."""
    found = []
    for built in told["builds"]:
        label, row = f"{told['project']}, {built['way']} {built['phase']}", built["total"]
        if built["way"] not in ("exact", "relative"):
            continue
        if built["compared"]["different"]:
            found.append(f"{label}: {len(built['compared']['different'])} objects differ")
        if built["phase"] == "warm" and not told["excepted"] and share(row) < least:
            found.append(f"{label}: {row['compile']['hit']} of {row['compile']['all']} compile commands hit")
    return found


# --- tables ------------------------------------------------------------------------------------------------------------


def rows(head, lines):
    """A Markdown table; all columns but the first hold figures."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---", *["--:"] * (len(head) - 1)], *lines])


def table(told):
    """The table of one project, and the reasons for everything that was not served."""
    bare = told["builds"][0]["total"]["cpu_s"]
    lines = []
    for built in told["builds"]:
        row = built["total"]
        compile, probe = row["compile"], row["probe"]
        cells = [f"{built['way']} {built['phase']}", f"{row['wall_s']:.1f}", f"{row['cpu_s']:.1f}", f"{row['cpu_s'] / bare:.2f}"]
        if built["way"] == "bare":
            cells += [""] * 8 + [str(built["objects"])]
        else:
            cells += [str(compile[name]) for name in ("all", *OUTCOMES)]
            cells += [f"{probe['hit']} of {probe['all']}", shown(row["asked"], 1), shown(row["own_us"], 1e6), verdict(built["compared"])]
        lines.append(cells)
    head = "build,wall s,CPU s,of bare,compiles,hits,misses,failed,bypassed,probes hit,asked,own s,objects alike".split(",")
    return "\n".join([f"### {told['project']} {told['version']}", "", rows(head, lines), "", *reasons(told), ""])


def shown(value, unit):
    if value is None:
        return "-"
    return str(value) if unit == 1 else f"{value / unit:.2f}"


def verdict(compared):
    alike = compared["compared"] - len(compared["different"]) - len(compared["known"])
    return f"{alike} of {compared['compared']}" + (f", {len(compared['known'])} never" if compared["known"] else "")


def reasons(told):
    """Lines about what was not served: of a cold build the compile commands that are not kept, of the others everything."""
    for built in told["builds"]:
        found = []
        for name, step in built["steps"].items():
            for kind, outcomes in step["counts"].items():
                for outcome, why in outcomes.items():
                    if outcome == "hit" or (built["phase"] == "cold" and kind != "compile"):
                        continue
                    for reason, one in why.items():
                        examples = f" ({'; '.join(one['examples'][:3])})" if kind == "compile" and built["phase"] == "warm" and one["examples"] else ""
                        found.append(f"{one['count']} × {name} {kind} {outcome} {reason}{examples}")
        if found:
            yield f"- {built['way']} {built['phase']}: {', '.join(found)}"
        different = (built["compared"] or {}).get("different", [])
        if different:
            yield f"- {built['way']} {built['phase']}: other objects: {', '.join(different[:10])}{', …' if len(different) > 10 else ''}"


def summary(all):
    """One line a project: compile commands and hits, and another table of processor seconds."""
    phases = [("exact", "warm"), ("exact", "elsewhere"), ("relative", "warm"), ("relative", "elsewhere"), ("ccache", "warm"), ("ccache", "elsewhere")]
    costs = [("bare", "here"), ("exact", "cold"), ("exact", "warm"), ("relative", "cold"), ("relative", "warm"), ("ccache", "cold"), ("ccache", "warm")]
    hits, seconds = [], []
    for told in all:
        if "failed" in told:
            continue
        found = {(built["way"], built["phase"]): built["total"] for built in told["builds"]}
        count = max(row["compile"]["all"] for row in found.values())
        hits.append([told["project"], str(count), *(str(found[key]["compile"]["hit"]) if key in found else "" for key in phases)])
        seconds.append([told["project"], *(f"{found[key]['cpu_s']:.1f}" if key in found else "" for key in costs)])
    return "\n".join([
        "Compile commands and how many of them hit:", "",
        rows(["project", "compiles", *(" ".join(key) for key in phases)], hits), "",
        "Processor seconds:", "",
        rows(["project", "bare", *(" ".join(key) for key in costs[1:])], seconds),
    ])  # fmt: skip
