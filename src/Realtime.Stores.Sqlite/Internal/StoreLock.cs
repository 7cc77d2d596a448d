namespace Realtime.Stores.Sqlite.Internal;

/// <summary>
/// Keeps a second process (or a second store of this one) from the file: two writers would hand out the same offsets from their caches.
/// </summary>
/// <remarks>
/// The operating system holds the lock for as long as the file is open, so it ends with the process, however that ends. The lock file
/// stays: deleting it would let one process lock the old file and another the new one.
/// </remarks>
internal static class StoreLock
{
    internal static FileStream Take(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new RealtimeException($"The message store '{path}' can't be opened: {exception.Message}", isTransient: false, exception);
        }
        catch (IOException exception)
        {
            throw new RealtimeException(
                $"The message store '{path}' can't be locked, most likely because another process has it open: {exception.Message}",
                isTransient: false,
                exception);
        }
    }
}
