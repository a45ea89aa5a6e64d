import io

import numpy as np
import tensorflow as tf

from tests.codec.networks import codec, images


def test_tf_data_reads_an_archive_on_several_threads():
    one = codec()
    archive = one.open(io.BytesIO(one.compress(images(1200))))
    read = tf.data.Dataset.range(0, 1200, 7).map(
        lambda number: tf.numpy_function(archive.__getitem__, [number], tf.uint8),
        num_parallel_calls=8,
    )
    assert np.array_equal(list(read.as_numpy_iterator()), archive[::7])
