import matplotlib.pyplot as plt

plt.show()
