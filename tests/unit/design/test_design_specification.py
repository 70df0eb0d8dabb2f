"""What a design specification accepts, and what it says when it does not."""

import pytest
from pydantic import ValidationError

from sekkei.design.candidate import Candidate
from sekkei.design.specification import DesignSpec
from sekkei.errors import InvalidInputError
from sekkei.specification import parse_specification


def test_a_target_is_all_that_must_be_said():
    spec = parse_specification({"target_g0": 1.0}, DesignSpec)

    assert spec.tolerance_g0 == 0.15
    assert spec.allowed == ("Na", "K", "Rb", "Cs")


def test_forbidden_elements_are_not_allowed_and_limit_the_species():
    spec = DesignSpec(target_g0=1.0, forbidden=("Cs", "Rb"), max_species=4)

    assert spec.allowed == ("Na", "K")
    assert spec.species_limit == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"target_g0": -1.0}, r"^target_g0: input should be greater than 0 \(found -1\.0\)$"),
        ({"elements": ["K", "Au"]}, r"^elements: an element must be one of .*, but one is 'Au'"),
        ({"elements": "Na"}, r"^elements: must be a list; write .* \(found 'Na'\)$"),
        ({"elements": [False]}, r"^elements\.0: must be a text; put what YAML takes for a number"),
        ({"elements": []}, r"^elements: must have at least 1, but has 0; add"),
        ({"elements": ["K", "K"]}, r"^elements: each element must be named once; remove"),
        ({"elements": ["Cs"], "forbidden": ["Cs"]}, r"^forbidden: one element must be left"),
        ({"elements": ["Li", "K"]}, r"^potential: gupta treats Na, K, Rb, Cs only; forbid Li or"),
        ({"elements": ["Na", "K"], "potential": "meam"}, r"^potential: meam treats pure elements"),
        ({"electrode": "fcc"}, r"^electrode: an electrode must be one of staggered-3, "),
        (
            {"forbidden": ["Cs"], "electrode_element": "Cs"},
            r"^electrode_element: the electrodes must not hold a forbidden element; choose another",
        ),
        ({"electrode_element": "Li"}, r"^electrode_element: gupta treats Na, K, Rb, Cs only"),
        (
            {"neck_length": [5, 4]},
            r"^neck_length: the range must be \[least, most\] within 1 to 12",
        ),
        ({"neck_length": [2, 12]}, r"^neck_length: the device has 10 layers only; raise"),
        ({"neck_width": [1, 14]}, r"^neck_width: the range must be \[least, most\] within 1 to 13"),
        ({"elongation_angstrom": [3.0, 2.0]}, r"^elongation_angstrom: .* within 0 to 100 Å"),
        ({"target_g0": None}, r"^the specification: a conductance must be asked for; name target"),
        ({"at_least_g0": 2.0}, r"there must be one target, but found target_g0 and a bound; leave"),
        (
            {"target_g0": None, "at_least_g0": 2.0, "at_most_g0": 1.0},
            "at_least_g0 must be below at_most_g0; exchange them",
        ),
        ({"fractions": {"Li": 0.5}}, "^fractions: bounds must be of an element that is allowed"),
        ({"fractions": {"K": {"least": 0.5, "most": 0.2}}}, r"^fractions\.K: .* but 0\.5 > 0\.2"),
        ({"fractions": {"K": {"least_if_present": 1.5}}}, r"^fractions\.K\.least_if_present: "),
        ({"fractions": {"K": 0.6, "Na": 0.6}}, "^fractions: fractions must be able to sum to 1"),
        ({"fractions": {"K": 0.3, "Na": 0.3}}, "no composition of at most 2 of Na, K, Rb, Cs is"),
        (
            {"fractions": {"K": 0.3, "Na": 0.3, "Rb": 0.3, "Cs": 0.1}},
            "no composition of at most 2 of",
        ),
        ({"neck_widht": [1, 2]}, r"^unknown key 'neck_widht'; did you mean 'neck_width'\?$"),
        ({"leads": "bcc111-4+4+4"}, "^leads: bcc100-5.4: the leads must be a part of bcc111-4.*"),
        ({"leads": "fcc"}, "^leads: an electrode must be a wire such as .* or a surface such as"),
        ({"leads": "surface-bcc100-0x3"}, "^leads: an electrode must be a wire such as"),
        (
            {"leads": "surface-bcc100-2x2", "estimate_leads": "bcc100-5+4"},
            "^leads: bcc100-5.4: a contact between bcc100-5.4 must have room between surface-",
        ),
        (
            {"leads": "surface-bcc100-99x99", "estimate_leads": "bcc100-5+4"},
            "^leads: .* must have at most 200 atoms in a period, .* has 19602; take fewer cells",
        ),
        (
            {"leads": "surface-bcc100-3x3"},
            "^estimate_leads: the surrogate must see a wire, but surface-bcc100-3x3 is a surface",
        ),
        (
            {
                "leads": "surface-bcc100-3x3",
                "estimate_leads": "bcc100-9+12",
                "spectrum": {"quantity": "fano", "at_most": 0.08},
            },
            "a label between surfaces has no eigenchannels, of which a Fano factor is made; name",
        ),
        ({"estimate_leads": "bcc100-9+12"}, "^estimate_leads: estimate_leads must come with leads"),
        (
            {"electrode": ["bcc100-5+4", "bcc111-2+2+2"], "leads": "bcc100-9+12"},
            "^leads: bcc111-2.2.2: the leads must be a part of bcc100-9.12",
        ),
        ({"proposer": "oracle"}, r"^proposer: a proposer must be one of botorch, .*'oracle'"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_fault_is_one_line_that_names_the_place(wrong, message):
    raw = {"target_g0": 1.0} | wrong

    with pytest.raises(InvalidInputError, match=message) as caught:
        parse_specification(raw, DesignSpec)

    assert "\n" not in caught.value.message


def test_a_design_between_other_leads_is_another_one():
    plain = DesignSpec(target_g0=1.0)
    wide = DesignSpec(target_g0=1.0, leads="bcc100-9+12")
    surface = DesignSpec(target_g0=1.0, leads="surface-bcc100-3x3", estimate_leads="bcc100-9+12")

    assert len({plain.key, wide.key, surface.key}) == 3
    assert "leads" not in plain.described()


def test_meam_designs_one_pure_metal_at_a_time():
    spec = DesignSpec(target_g0=1.0, elements=("Na", "K"), max_species=1, potential="meam")

    assert spec.species_limit == 1


def test_a_seed_that_cannot_be_used_is_refused_at_once():
    with pytest.raises(InvalidInputError, match=r"seed: .*less than or equal to 92233720368547758"):
        parse_specification({"target_g0": 1.0, "seed": 10**22}, DesignSpec)


def test_a_placement_is_one_or_several_and_an_old_design_keeps_its_identity():
    assert DesignSpec.model_validate({"target_g0": 1.0, "placement": "neck"}).placement == ("neck",)
    assert "placement" not in DesignSpec(target_g0=1.0).described()
    with pytest.raises(ValidationError, match="each placement must be named once"):
        DesignSpec.model_validate({"target_g0": 1.0, "placement": ["neck", "neck"]})
    with pytest.raises(ValidationError):
        DesignSpec.model_validate({"target_g0": 1.0, "placement": []})


def test_a_candidate_without_a_choice_of_places_is_what_it_was():
    where = {"neck_length": 3, "neck_width": 2, "elongation_angstrom": 1.0}
    alloy = {"composition": {"Na": 0.5, "K": 0.5}, **where}

    plain, placed = Candidate(**alloy), Candidate(**alloy, placement="neck")
    pure = Candidate(composition={"K": 1.0}, placement="surface", **where)

    assert "placement" not in plain.model_dump(mode="json")
    assert placed.key != plain.key
    assert placed.contact(DesignSpec(target_g0=1.0), 3).placement == "neck"
    assert Candidate.model_validate_json(placed.model_dump_json()) == placed
    assert pure == Candidate(composition={"K": 1.0}, **where)


def test_electrodes_are_one_or_several_and_an_old_design_keeps_its_identity():
    wires = ("bcc100-5+4", "bcc111-2+2+2")
    plain = DesignSpec(target_g0=1.0)
    several = DesignSpec(target_g0=1.0, electrode=wires, electrode_element=("K", "Na"))

    assert (plain.electrodes, plain.electrode_elements) == (("bcc100-5+4",), ())
    assert (several.electrodes, several.electrode_elements) == (wires, ("K", "Na"))
    assert DesignSpec(target_g0=1.0, electrode=("bcc100-5+4",)).key == plain.key
    assert not {"taper", "temperature_k", "hold_ps"} & plain.described().keys()
    # As it was before there was a choice.
    assert plain.key == "4741d2c3ed30fd5008720890c66f99de"


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (
            {"electrode": ["bcc100-5+4", "gold"]},
            "must be one of .*, but one is 'gold'",
        ),
        ({"electrode": ["bcc100-5+4"] * 2}, "each electrode must be named once; remove the rep"),
        ({"electrode": []}, "each electrode must be named once; name one"),
        ({"electrode_element": ["K", "K"]}, "each electrode element must be named once"),
        ({"electrode_element": ["K", "Li"]}, "gupta treats Na, K, Rb, Cs only"),
        (
            {"taper": [0, 4]},
            "neck of 6 layers and its tapers of 4 on each side must fit",
        ),
        ({"taper": [2, 1]}, r"the range must be \[least, most\] within 0 to 12"),
        ({"taper": [0, 13], "device_periods": 24}, "within 0 to 12"),
        ({"temperature_k": 77}, r"write \[77, 77\]"),
        ({"temperature_k": [0, 77]}, "above 0 and up to 400 K"),
        ({"hold_ps": -1}, "hold_ps"),
        (
            {
                "potential": "meam",
                "elements": ["Na", "K"],
                "max_species": 1,
                "electrode_element": ["Na", "K"],
            },
            "meam treats one element at a time; name one",
        ),
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_one_line(choice, message):
    with pytest.raises(InvalidInputError, match=message) as refused:
        parse_specification({"target_g0": 1.0, **choice}, DesignSpec)

    assert "\n" not in str(refused.value)


def test_the_order_in_which_electrodes_are_named_makes_no_other_design():
    one = {"electrode": ["bcc111-2+2+2", "bcc100-5+4"], "electrode_element": ["Na", "K"]}
    other = {name: list(reversed(names)) for name, names in one.items()}

    specs = [parse_specification({"target_g0": 1.0, **each}, DesignSpec) for each in (one, other)]

    assert specs[0].key == specs[1].key
    assert specs[0] == specs[1]


def test_a_candidate_says_its_electrode_only_where_there_is_a_choice():
    where = {"neck_length": 3, "neck_width": 2, "elongation_angstrom": 1.0}
    plain = Candidate(composition={"K": 1.0}, **where)
    chosen = Candidate(
        composition={"K": 1.0}, electrode="bcc111-2+2+2", electrode_element="Na", taper=1,
        temperature_k=77.0, **where,
    )  # fmt: skip
    spec = DesignSpec(
        target_g0=1.0, electrode=("bcc100-5+4", "bcc111-2+2+2"), electrode_element=("K", "Na"),
        taper=(0, 1), temperature_k=(4.2, 300.0), neck_length=(2, 4),
    )  # fmt: skip

    added = {"electrode", "electrode_element", "taper", "temperature_k"}
    assert not added & plain.model_dump(mode="json").keys()
    assert Candidate.model_validate_json(chosen.model_dump_json()) == chosen
    contact = chosen.contact(spec, 3)
    assert (contact.electrode, contact.lead_element, contact.taper) == ("bcc111-2+2+2", "Na", 1)
    assert (chosen.temperature(spec), plain.temperature(DesignSpec(target_g0=1.0))) == (77.0, 4.2)
