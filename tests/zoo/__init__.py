"""The zoo: small receivers to judge the judge by, each of the wrong ones with one classic mistake."""
