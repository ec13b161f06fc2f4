from scenarios import fidelity


def test_the_page_is_what_the_code_says():
    assert fidelity.PAGE.read_text("utf-8") == fidelity.page(), "run: make fidelity"


def test_a_claim_is_read_from_a_comment_and_from_a_docstring():
    source = '"""Do it.\n\nAssumed: always.\n"""\n# Observed: once,\n# in 2025. Documented: twice.\nx = 1\n'
    assert [(claim.mark, claim.text) for claim in fidelity.claims(source)] == [
        ("Assumed", "always."),
        ("Observed", "once, in 2025."),
        ("Documented", "twice."),
    ]
