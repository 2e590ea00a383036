"""A Modulus POS client in software: the DUT of the programme, conformant unless it is given a defect."""
