"""A camera that reads the display of the DUT: pictures, the status line in them, its text and colour, and a vote.

Needs the extra `camera` (OpenCV, rapidocr, onnxruntime), which is loaded when a camera is started, and not before.
"""
