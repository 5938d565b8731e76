"""Surfaces of the retina found in the B-scans alone, by shortest paths.

Each surface is the best path through scores of edges (Chiu et al., Opt Express 2010; 18: 19413), ILM and RPE are chosen
together with the distance between them bounded and B-scans learn from their neighbours (Garvin et al., IEEE Trans Med
Imaging 2009; 28: 1436). What cannot be held is not defined: there is no surface rather than a wrong one.
"""
